import { z } from 'zod';

/** CDK's context flags are strings on the command line and JSON in cdk.json: both are read. */
const nameList = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(','))])
  .transform((names) => names.map((name) => name.trim()).filter((name) => name !== ''));

const wholeNumber = z.coerce.number().int();

const bucketList = nameList
  .pipe(z.array(z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'not a bucket name')))
  .default([]);

/**
 * x86 families with NVIDIA GPUs that the AL2023 image has a driver for: the
 * worker's image is built for x86 only, so the Arm family g5g is not one of them.
 */
const GPU_INSTANCE_TYPE = /^(g4dn|g5|g6|g6e|gr6|p4d|p4de|p5|p5e)\.(\d*xlarge)$/;

const GIBIBYTE = 1024 ** 3;
const TEN_HOURS_IN_SECONDS = 36_000;

const deploymentSchema = z
  .strictObject({
    stackName: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9-]{0,99}$/, 'not a stack name')
      .default('Reelscribe'),
    allowedInputBuckets: bucketList,
    allowedOutputBuckets: bucketList,
    auth: z.enum(['apiKey', 'iam']).default('apiKey'),
    instanceTypes: nameList
      .pipe(
        z
          .array(z.string().regex(GPU_INSTANCE_TYPE, 'not an x86 instance type with NVIDIA GPUs'))
          .min(1),
      )
      .default([
        'g4dn.xlarge',
        'g4dn.2xlarge',
        'g5.xlarge',
        'g5.2xlarge',
        'g6.xlarge',
        'g6.2xlarge',
      ]),
    minvCpus: wholeNumber.min(0).default(0),
    maxvCpus: wholeNumber.min(4).default(32),
    availabilityZones: wholeNumber.min(1).max(6).default(3),
    // A record must outlive the two days and a half in which its webhooks are retried.
    retentionDays: wholeNumber.min(4).max(3_650).default(30),
    removalPolicy: z.enum(['retain', 'destroy']).default('retain'),
    maxInputBytes: wholeNumber.positive().default(10 * GIBIBYTE),
    maxMediaSeconds: wholeNumber.positive().default(TEN_HOURS_IN_SECONDS),
    // `cdk -c` hands over text.
    allowCpuFallback: z
      .union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])
      .default(false),
    models: nameList
      .pipe(z.array(z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, 'not a model id')).min(1))
      .optional(),
    alarmEmail: z.email().optional(),
  })
  .refine(({ minvCpus, maxvCpus }) => minvCpus <= maxvCpus, {
    path: ['minvCpus'],
    error: 'is larger than maxvCpus',
  });

/** What one deployment is: the context flags of docs/operations.md, checked and with their defaults. */
export type Deployment = z.output<typeof deploymentSchema>;

/**
 * Reads the context flags. A flag that does not exist is refused, since a
 * misspelt one would otherwise deploy the default in silence.
 *
 * @throws Error that names each flag that is wrong, and why.
 */
export function readDeployment(context: Record<string, unknown>): Deployment {
  // CDK's own keys hold a colon, an at sign or a hyphen; ours are plain camel case.
  const flags = Object.fromEntries(
    Object.entries(context).filter(([name]) => /^[A-Za-z]+$/.test(name)),
  );
  const parsed = deploymentSchema.safeParse(flags);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')} ${issue.message}`);
    throw new Error(`The context flags cannot be used:\n${lines.join('\n')}`);
  }
  return parsed.data;
}
