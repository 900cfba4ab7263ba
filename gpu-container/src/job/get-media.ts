import { uploadKey } from '#contracts/identifiers.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import { type MediaFacts, probeMedia } from '../decode/probe.ts';
import { type FetchedMedia, fetchMedia, type MediaInput } from '../fetch/fetch-media.ts';
import { isPictureType } from '../fetch/sniff-media.ts';
import { hashFile } from './hash-file.ts';
import type { JobContext } from './job-context.ts';

/** The input of a job on the local disk, and what it is. */
export type Media = FetchedMedia & {
  sha256: string;
  facts: MediaFacts;
  /** True for a png, jpg or webp file. */
  isPicture: boolean;
};

/** A picture is neither heard nor a stream of pictures. */
const PICTURE_FACTS: Omit<MediaFacts, 'container'> = {
  durationSeconds: 0,
  durationIsEstimate: false,
  audio: [],
  video: [],
};

/**
 * Fetches the input of a job and looks at it.
 *
 * @throws ReelscribeError what fetching and probing throw
 * @throws The signal's reason, where it was aborted.
 */
export async function getMedia({
  record,
  deps,
  tools,
  timer,
  report,
  scratchDir,
  signal,
}: JobContext): Promise<Media> {
  const { MAX_INPUT_BYTES, MAX_MEDIA_SECONDS } = deps.environment;
  report('fetch', 0, 0);
  const fetched = await timer.time('fetch', () =>
    fetchMedia(
      mediaInput(record, deps.environment.ARTIFACTS_BUCKET),
      { s3: deps.s3, agent: deps.agent },
      {
        scratchDir,
        maxBytes: MAX_INPUT_BYTES,
        pictures: record.request.tasks.videoEmbedding !== undefined,
        signal,
        onProgress: ({ bytesDone, bytesTotal }) =>
          report('fetch', bytesTotal === null ? 0 : bytesDone / bytesTotal, 0),
      },
    ),
  );
  const isPicture = isPictureType(fetched.sniffedType);
  const facts = isPicture
    ? { ...PICTURE_FACTS, container: fetched.sniffedType! }
    : await probeMedia(fetched.path, {
        ffprobe: tools.ffprobe,
        maxSeconds: MAX_MEDIA_SECONDS,
        signal,
      });
  return { ...fetched, facts, isPicture, sha256: await hashFile(fetched.path, signal) };
}

/** An upload lies in the artifacts bucket, in its tenant's folder. */
function mediaInput(
  { request: { input }, tenant }: JobRecord,
  artifactsBucket: string,
): MediaInput {
  return 'uploadId' in input
    ? { s3: { bucket: artifactsBucket, key: uploadKey(tenant, input.uploadId) } }
    : input;
}
