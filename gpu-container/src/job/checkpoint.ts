import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { z } from 'zod';
import { checkpointKey } from '#contracts/identifiers.ts';
import { segmentSchema, warningSchema } from '#contracts/transcript.ts';

/** Where the transcription of one channel stands: everything before the cursor is done. */
export const transcriptionStateSchema = z.strictObject({
  cursor: z.strictObject({
    next: z.int().nonnegative(),
    open: z.array(
      z.strictObject({
        span: z.int().nonnegative(),
        seekSamples: z.int().nonnegative(),
        windowSamples: z.int().positive().optional(),
        previousTokens: z.array(z.int()).optional(),
      }),
    ),
  }),
  /** Decides, with the cursor, which windows share a batch, and with that the last digits of every score. */
  batchSize: z.int().positive(),
  language: z.strictObject({ code: z.string(), probability: z.number().nullable() }).nullable(),
  segments: z.array(segmentSchema.omit({ id: true })),
  warnings: z.array(warningSchema),
});

export type TranscriptionState = z.infer<typeof transcriptionStateSchema>;

/** Where one channel stands; without a number it is the mix of all. A channel that is not begun has none. */
const channelStateSchema = z.strictObject({
  channel: z.int().nonnegative().optional(),
  state: transcriptionStateSchema,
});

export type ChannelState = z.infer<typeof channelStateSchema>;

const checkpointSchema = z.strictObject({
  version: z.literal(2),
  /** The media it belongs to; a changed input must not inherit the old one's words. */
  inputSha256: z.string(),
  channels: z.array(channelStateSchema),
});

/** Keeps what an interrupted attempt leaves for the next one, in the artifacts bucket. */
export function createCheckpointStore(s3: S3Client, bucket: string, jobId: string) {
  const location = { Bucket: bucket, Key: checkpointKey(jobId) };

  return {
    /** What an earlier attempt reached on the same media; nothing for none, or one that cannot be read. */
    async load(inputSha256: string): Promise<readonly ChannelState[]> {
      try {
        const { Body } = await s3.send(new GetObjectCommand(location));
        const checkpoint = checkpointSchema.safeParse(
          JSON.parse((await Body?.transformToString()) ?? ''),
        );
        return checkpoint.success && checkpoint.data.inputSha256 === inputSha256
          ? checkpoint.data.channels
          : [];
      } catch (error) {
        if (error instanceof NoSuchKey || error instanceof SyntaxError) {
          return [];
        }
        throw error;
      }
    },

    async save(inputSha256: string, channels: readonly ChannelState[]): Promise<void> {
      const checkpoint: z.infer<typeof checkpointSchema> = {
        version: 2,
        inputSha256,
        channels: [...channels],
      };
      await s3.send(
        new PutObjectCommand({
          ...location,
          Body: JSON.stringify(checkpoint),
          ContentType: 'application/json',
        }),
      );
    },

    async remove(): Promise<void> {
      await s3.send(new DeleteObjectCommand(location));
    },
  };
}
