import { Readable } from 'node:stream';
import { EnvHttpProxyAgent, fetch } from 'undici';
import type { HubLocation } from '../model-entry.ts';
import { type FetchFiles, isTransientStatus, SourceError } from './source.ts';

const DEFAULT_HUB = 'https://huggingface.co';

export type HubOptions = {
  /** Another hub of the same routes (`HF_ENDPOINT`). */
  endpoint?: string | undefined;
  /** Access token for gated repositories (`HF_TOKEN`); it is never sent to another host. */
  token?: string | undefined;
};

/** The address of a file: `<endpoint>/<repo>/resolve/<revision>/<path>`. */
export function hubUrl(location: HubLocation, endpoint: string = DEFAULT_HUB): URL {
  const path = location.path.split('/').map(encodeURIComponent).join('/');
  const revision = encodeURIComponent(location.revision);
  return new URL(`${endpoint.replace(/\/+$/, '')}/${location.repo}/resolve/${revision}/${path}`);
}

/**
 * Fetches from the Hugging Face hub. Redirects to its CDN are followed, without
 * the token; HTTP_PROXY, HTTPS_PROXY and NO_PROXY are honoured.
 */
export function fetchFromHub({ endpoint, token }: HubOptions = {}): FetchFiles<HubLocation> {
  return async (wanted, deliver) => {
    const dispatcher = new EnvHttpProxyAgent();
    try {
      for (const { name, location } of wanted) {
        const response = await fetch(hubUrl(location, endpoint), {
          dispatcher,
          headers: {
            'user-agent': 'reelscribe',
            // A length that can be checked needs the bytes as they are.
            'accept-encoding': 'identity',
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
        });
        if (response.status !== 200 || response.body === null) {
          await response.body?.cancel();
          throw new SourceError(`${location.path}: HTTP ${response.status}`, {
            transient: isTransientStatus(response.status),
          });
        }
        await deliver(name, Readable.fromWeb(response.body));
      }
    } finally {
      await dispatcher.destroy();
    }
  };
}
