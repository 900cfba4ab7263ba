import type { MessagePort } from 'node:worker_threads';

export type EchoRequest =
  | { call: 'echo'; words: readonly string[] }
  | { call: 'wait' }
  | { call: 'sum'; port: MessagePort; enough: number }
  | { call: 'die' }
  | { call: 'leave' };
