import { lookup as dnsLookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { isLoopbackAddress, isLoopbackHost, isPublicAddress } from '#contracts/public-url.ts';

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;

/** Resolves a name to all its addresses; `dns.lookup` with `all: true`, or a stand-in for it. */
export type ResolveAll = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export type GuardedAgentOptions = {
  /** Also connects to this machine, where the URL itself says so. Never set in AWS. */
  allowLoopback?: boolean;
  connectTimeoutMs?: number;
  resolve?: ResolveAll;
};

/** An undici agent that holds connections to public addresses only. Close it when done. */
export type GuardedAgent = AsyncDisposable & {
  readonly dispatcher: Agent;
  readonly allowLoopback: boolean;
};

/** Thrown while connecting, before a byte of a request is sent. The message names no address. */
export class AddressNotAllowedError extends Error {
  override readonly name = 'AddressNotAllowedError';

  constructor() {
    super('the host does not have a public address');
  }
}

/**
 * Makes an agent that checks the address it really connects to, so that a name
 * which changes its address after it was vetted (DNS rebinding) gains nothing.
 *
 * The check stands twice. Private addresses are taken out of every DNS answer,
 * so that they are never dialled. Node does not resolve literal addresses
 * (https://github.com/nodejs/undici/issues/2019), so the peer of every new
 * connection is looked at as well.
 *
 * The agent takes no proxy from the environment and follows no redirect.
 */
export function createGuardedAgent(options: GuardedAgentOptions = {}): GuardedAgent {
  const { allowLoopback = false, connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = options;
  const resolve: ResolveAll = options.resolve ?? dnsLookup;

  const allows = (hostname: string, address: string): boolean =>
    isPublicAddress(address) ||
    // A public name that resolves to loopback stays refused.
    (allowLoopback && isLoopbackHost(hostname) && isLoopbackAddress(address));

  const connect = buildConnector({
    lookup: filteredLookup(resolve, allows),
    timeout: connectTimeoutMs,
    allowH2: false,
  });

  const dispatcher = new Agent({
    connect: (target, callback) => {
      connect(target, (...result) => {
        const [error, socket] = result;
        if (error !== null) {
          callback(error, null);
          return;
        }
        if (socket.remoteAddress === undefined || !allows(target.hostname, socket.remoteAddress)) {
          socket.destroy();
          callback(new AddressNotAllowedError(), null);
          return;
        }
        callback(null, socket);
      });
    },
  });

  return { dispatcher, allowLoopback, [Symbol.asyncDispose]: () => dispatcher.destroy() };
}

function filteredLookup(
  resolve: ResolveAll,
  allows: (hostname: string, address: string) => boolean,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, []);
        return;
      }
      const allowed = addresses.filter(({ address }) => allows(hostname, address));
      const first = allowed[0];
      if (first === undefined) {
        callback(new AddressNotAllowedError(), []);
      } else if (options.all === true) {
        callback(null, allowed);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}
