import { join } from 'node:path';
import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type CfnFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { z } from 'zod';
import { allow } from './allow.ts';

const REPOSITORY_ROOT = join(import.meta.dirname, '..');

/** The variables that a process demands of its environment, all of them, as strings. */
export type EnvironmentVariables<Schema extends z.ZodType> = {
  [Name in keyof z.input<Schema>]: string;
};

export type LambdaFunctionProps<Schema extends z.ZodType> = {
  /** Folder in lambdas/ whose handler.ts exports `handler`. */
  folder: string;
  /** What the function reads from its environment: names and completeness are checked by the compiler. */
  schema: Schema;
  environment: EnvironmentVariables<Schema>;
  permissions: PolicyStatement[];
  timeoutSeconds: number;
  removalPolicy: RemovalPolicy;
};

/**
 * A function of ours: one bundle with everything in it, on Arm, with a log group
 * that forgets, and a role that holds the permissions given here and the right
 * to write that log.
 */
export class LambdaFunction<Schema extends z.ZodType> extends Construct {
  readonly function: NodejsFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: LambdaFunctionProps<Schema>) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: props.removalPolicy,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    for (const statement of [
      allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]),
      ...props.permissions,
    ]) {
      this.role.addToPolicy(statement);
    }
    this.function = new NodejsFunction(this, 'Function', {
      entry: join(REPOSITORY_ROOT, 'lambdas', props.folder, 'handler.ts'),
      depsLockFilePath: join(REPOSITORY_ROOT, 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.seconds(props.timeoutSeconds),
      role: this.role,
      logGroup,
      awsSdkConnectionReuse: false,
      environment: {
        ...(props.environment as Record<string, string>),
        NODE_OPTIONS: '--enable-source-maps',
      },
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        mainFields: ['module', 'main'],
        // The SDK of the lockfile, not whichever one the runtime has today.
        bundleAwsSDK: true,
        minify: true,
        keepNames: true,
        sourceMap: true,
        sourcesContent: false,
        // Packages in CommonJS call require(), which a module does not have.
        banner:
          "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
      },
    });
    // The bundle does not tell what it was made from; the local stack runs the source.
    (this.function.node.defaultChild as CfnFunction).addMetadata('reelscribe:folder', props.folder);
  }
}
