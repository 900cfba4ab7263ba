import { z } from 'zod';
import { speakerLabelSchema } from './speaker-label.ts';
import { GRANULARITIES } from './tasks/text-embedding.ts';
import { warningSchema } from './transcript.ts';

/** Version of the embeddings document; a breaking change raises the first number. */
export const EMBEDDINGS_SCHEMA_VERSION = '1.0';

const textItemSchema = z
  .strictObject({
    index: z
      .int()
      .nonnegative()
      .meta({ description: 'Row of embeddings.npy that has its vector.' }),
    start: z.number().nonnegative().meta({ description: 'Seconds from the start of the media.' }),
    end: z.number().nonnegative(),
    text: z.string().min(1),
    speaker: speakerLabelSchema.optional().meta({
      description: 'Who says it; absent where nobody was told apart, or where several speak.',
    }),
    channel: z.int().nonnegative().optional().meta({
      description: 'Where channels are transcribed separately, and all of it is in one.',
    }),
    vector: z.array(z.number().min(-1).max(1)).meta({
      description: 'Of unit length, rounded to six digits; embeddings.npy has it as it is.',
    }),
  })
  .meta({ id: 'TextEmbeddingItem' });

const textEmbeddingsSchema = z
  .strictObject({
    model: z.string(),
    dims: z.int().positive().meta({ description: 'Length of every vector.' }),
    granularity: z.enum(GRANULARITIES),
    items: z.array(textItemSchema).meta({ description: 'In the order of the transcript.' }),
  })
  .meta({ id: 'TextEmbeddings' });

export const embeddingsSchema = z
  .strictObject({
    schemaVersion: z.literal(EMBEDDINGS_SCHEMA_VERSION),
    jobId: z.string(),
    text: textEmbeddingsSchema.optional().meta({
      description: 'Absent where the transcript could not be embedded; a warning tells why.',
    }),
    warnings: z.array(warningSchema),
    metadata: z.record(z.string(), z.string()),
  })
  .meta({ id: 'Embeddings' });

/** The embeddings document: what embeddings.json holds. */
export type Embeddings = z.infer<typeof embeddingsSchema>;
