import { tmpdir } from 'node:os';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../emulators/account.ts';

/*
 * Everything that a function or a worker is told here and is not told in AWS.
 * All else in its environment comes from the template.
 */

/** Where each emulated service listens. */
export type Endpoints = {
  s3: string;
  sqs: string;
  dynamodb: string;
  secretsManager: string;
  batch: string;
};

type Environment = Record<string, string>;

/**
 * What the laptop gives the worker and an image would hold itself: where
 * programs, scratch space and caches are, how npm reaches its registry, and the
 * settings of the model store. Nothing else of our own environment is passed on.
 */
const MACHINE_VARIABLES = [
  'PATH',
  'HOME',
  'USERPROFILE',
  'TMPDIR',
  'TEMP',
  'SystemRoot',
  'XDG_CACHE_HOME',
  'LANG',
  'LOG_LEVEL',
  'FFMPEG_PATH',
  'FFPROBE_PATH',
  'MODELS_DIR',
  'NODE_EXTRA_CA_CERTS',
];
const MACHINE_PREFIXES = /^(REELSCRIBE_|npm_config_|HF_|https?_proxy$|no_proxy$)/i;

/** For a Lambda function: where the services are. */
export function functionHostEnvironment(
  endpoints: Endpoints,
  allowLoopbackUrls: boolean,
): Environment {
  return {
    ...awsEnvironment(endpoints, allowLoopbackUrls),
    // Lambda sets it for every function; a worker has it from its job definition.
    AWS_REGION: LOCAL_REGION,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoints.secretsManager,
    AWS_ENDPOINT_URL_BATCH: endpoints.batch,
  };
}

/** For a container: where the services are, and what a machine is to it. */
export function workerHostEnvironment(
  endpoints: Pick<Endpoints, 's3' | 'sqs' | 'dynamodb'>,
  options: {
    allowLoopbackUrls: boolean;
    machine: NodeJS.ProcessEnv;
    progressIntervalSeconds?: number | undefined;
  },
): Environment {
  const passedOn = Object.entries(options.machine).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      (MACHINE_VARIABLES.includes(entry[0]) || MACHINE_PREFIXES.test(entry[0])),
  );
  return {
    ...Object.fromEntries(passedOn),
    ...awsEnvironment(endpoints, options.allowLoopbackUrls),
    // The template demands a GPU: the one difference in what the worker does.
    DEVICE: 'cpu',
    // The template's folder is mounted on the machines that it makes.
    SCRATCH_DIR: tmpdir(),
    ...(options.progressIntervalSeconds === undefined
      ? {}
      : { PROGRESS_INTERVAL_SECONDS: String(options.progressIntervalSeconds) }),
  };
}

function awsEnvironment(
  endpoints: Pick<Endpoints, 's3' | 'sqs' | 'dynamodb'>,
  allowLoopbackUrls: boolean,
): Environment {
  return {
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    // A laptop's webhook receivers and media are on the laptop.
    ...(allowLoopbackUrls ? { ALLOW_LOOPBACK_URLS: '1' } : {}),
  };
}
