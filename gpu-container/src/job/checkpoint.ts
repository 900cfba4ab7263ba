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

/** Where transcription stands: everything before the cursor is done. */
export const transcriptionStateSchema = z.strictObject({
  cursor: z.strictObject({ span: z.int().nonnegative(), seekSamples: z.int().nonnegative() }),
  language: z.strictObject({ code: z.string(), probability: z.number().nullable() }).nullable(),
  segments: z.array(segmentSchema.omit({ id: true })),
  warnings: z.array(warningSchema),
});

export type TranscriptionState = z.infer<typeof transcriptionStateSchema>;

const checkpointSchema = z.strictObject({
  version: z.literal(1),
  /** The media it belongs to; a changed input must not inherit the old one's words. */
  inputSha256: z.string(),
  transcription: transcriptionStateSchema,
});

/** Keeps what an interrupted attempt leaves for the next one, in the artifacts bucket. */
export function createCheckpointStore(s3: S3Client, bucket: string, jobId: string) {
  const location = { Bucket: bucket, Key: checkpointKey(jobId) };

  return {
    /** The state an earlier attempt reached on the same media; undefined for none, or one that cannot be read. */
    async load(inputSha256: string): Promise<TranscriptionState | undefined> {
      try {
        const { Body } = await s3.send(new GetObjectCommand(location));
        const checkpoint = checkpointSchema.safeParse(
          JSON.parse((await Body?.transformToString()) ?? ''),
        );
        return checkpoint.success && checkpoint.data.inputSha256 === inputSha256
          ? checkpoint.data.transcription
          : undefined;
      } catch (error) {
        if (error instanceof NoSuchKey || error instanceof SyntaxError) {
          return undefined;
        }
        throw error;
      }
    },

    async save(inputSha256: string, transcription: TranscriptionState): Promise<void> {
      const checkpoint: z.infer<typeof checkpointSchema> = {
        version: 1,
        inputSha256,
        transcription,
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
