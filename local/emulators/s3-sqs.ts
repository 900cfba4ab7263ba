import { buildApp } from 'fauxqs';
import { LOCAL_ACCOUNT, LOCAL_REGION } from './account.ts';
import { LOOPBACK } from './loopback.ts';

/**
 * fauxqs takes no request body above 11 MiB. Larger objects travel in parts,
 * which the SDK's multipart upload makes 5 MiB small.
 */
export const MAX_SINGLE_UPLOAD_BYTES = 10 * 1024 * 1024;

export type S3SqsEmulator = AsyncDisposable & {
  readonly endpoint: string;
  /** A queue's URL. By address, since not every resolver knows names below `localhost`. */
  queueUrl(name: string): string;
};

/**
 * S3 and SQS in this process, in memory. fauxqs's own `startFauxqs` listens on
 * every interface, so its app is made to listen here, on loopback alone.
 */
export async function startS3Sqs(port = 0): Promise<S3SqsEmulator> {
  const app = buildApp({ logger: false, defaultRegion: LOCAL_REGION });
  const endpoint = await app.listen({ port, host: LOOPBACK });
  return {
    endpoint,
    queueUrl: (name) => `${endpoint}/${LOCAL_ACCOUNT}/${name}`,
    [Symbol.asyncDispose]: async () => {
      await app.close();
    },
  };
}
