declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** An http server that speaks DynamoDB; closing it closes its store. */
  export default function dynalite(options?: {
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }): Server;
}
