import { createHash, timingSafeEqual } from 'node:crypto';
import { Refusal } from './refusal.ts';

/**
 * Makes the check of a request's Authorization header (RFC 6750). Digests are
 * compared, which are of one length whatever is sent, and in constant time, so that
 * an answer's delay tells nothing of the token.
 *
 * @param token undefined lets everybody in
 */
export function createTokenCheck(
  token: string | undefined,
): (authorization: string | undefined) => void {
  if (token === undefined) {
    return () => {};
  }
  const expected = digest(token);
  return (authorization) => {
    const given = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (given === undefined || !timingSafeEqual(digest(given), expected)) {
      throw new Refusal('UNAUTHORIZED', {
        message:
          given === undefined ? 'the request has no bearer token' : 'the bearer token is wrong',
        hint: 'Send Authorization: Bearer <SERVICE_TOKEN>.',
        headers: { 'www-authenticate': 'Bearer realm="reelscribe"' },
      });
    }
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
