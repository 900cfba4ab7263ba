import { z } from 'zod';
import { speakerLabelSchema } from './speaker-label.ts';
import { GRANULARITIES } from './tasks/text-embedding.ts';
import { POOLINGS, SAMPLINGS } from './tasks/video-embedding.ts';
import { warningSchema } from './transcript.ts';
import { AUGMENTATIONS, VIDEO_GRANULARITIES } from './video-embedding-models.ts';

/** Version of the embeddings document; a breaking change raises the first number. */
export const EMBEDDINGS_SCHEMA_VERSION = '1.1';

const vectorSchema = z.array(z.number().min(-1).max(1)).meta({
  description: 'Of unit length, rounded to six digits; the npy file has it as it is.',
});

const itemShape = {
  index: z.int().nonnegative().meta({ description: 'Row of the npy file that has its vector.' }),
  start: z.number().nonnegative().meta({ description: 'Seconds from the start of the media.' }),
  end: z.number().nonnegative(),
  vector: vectorSchema,
};

/** What vectors come from, and where they are as they are. */
const originShape = {
  model: z.string().meta({ description: 'As the request names it.' }),
  version: z.string().meta({
    description:
      'Which files of the model: vectors of one version can be compared with each other.',
  }),
  dims: z.int().positive().meta({ description: 'Length of every vector.' }),
  file: z.string().meta({
    description: 'The npy file of the vectors: float32 in C order, a row for each item.',
  }),
};

const textItemSchema = z
  .strictObject({
    ...itemShape,
    text: z.string().min(1),
    speaker: speakerLabelSchema.optional().meta({
      description: 'Who says it; absent where nobody was told apart, or where several speak.',
    }),
    channel: z.int().nonnegative().optional().meta({
      description: 'Where channels are transcribed separately, and all of it is in one.',
    }),
  })
  .meta({ id: 'TextEmbeddingItem' });

const textEmbeddingsSchema = z
  .strictObject({
    ...originShape,
    granularity: z.enum(GRANULARITIES),
    items: z.array(textItemSchema).meta({ description: 'In the order of the transcript.' }),
  })
  .meta({ id: 'TextEmbeddings' });

const videoItemSchema = z
  .strictObject({ ...itemShape })
  .meta({ id: 'VideoEmbeddingItem', description: 'From its first frame to its last one.' });

const videoEmbeddingsSchema = z
  .strictObject({
    ...originShape,
    sampling: z.enum(SAMPLINGS),
    granularity: z.enum(VIDEO_GRANULARITIES),
    pooling: z.enum(POOLINGS),
    augmentation: z.enum(AUGMENTATIONS),
    frameTimes: z.array(z.number().nonnegative()).meta({
      description: 'When each frame that was looked at is shown, in seconds.',
    }),
    tokensPerItem: z.int().positive().optional().meta({
      description:
        'By token: the npy file is [items, tokensPerItem, dims], and an item has the mean of its tokens.',
    }),
    caption: z.strictObject({ text: z.string(), vector: vectorSchema.optional() }).optional().meta({
      description: 'Its vector is absent where it is part of that of the video.',
    }),
    items: z.array(videoItemSchema).meta({ description: 'In the order of time.' }),
  })
  .meta({ id: 'VideoEmbeddings' });

export const embeddingsSchema = z
  .strictObject({
    schemaVersion: z.literal(EMBEDDINGS_SCHEMA_VERSION),
    jobId: z.string(),
    video: videoEmbeddingsSchema.optional().meta({
      description: 'Absent where the video could not be embedded; a warning tells why.',
    }),
    text: textEmbeddingsSchema.optional().meta({
      description: 'Absent where the transcript could not be embedded; a warning tells why.',
    }),
    warnings: z.array(warningSchema),
    metadata: z.record(z.string(), z.string()),
  })
  .meta({ id: 'Embeddings' });

/** The embeddings document: what embeddings.json holds. */
export type Embeddings = z.infer<typeof embeddingsSchema>;
