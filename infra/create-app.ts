import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readDeployment } from './deployment.ts';
import { FEATURE_FLAGS } from './feature-flags.ts';
import { ReelscribeStack } from './reelscribe-stack.ts';

/**
 * The app with its one stack, checked against the AwsSolutions rules: a finding
 * that nobody acknowledged with a reason stops the synthesis.
 *
 * @param options.context Context flags beside those that the CDK CLI passes on.
 */
export function createApp(options: { context?: Record<string, unknown>; outdir?: string } = {}): {
  app: App;
  stack: ReelscribeStack;
} {
  const app = new App({
    ...(options.outdir === undefined ? {} : { outdir: options.outdir }),
    context: { ...FEATURE_FLAGS, ...options.context },
    analyticsReporting: false,
  });
  const stack = new ReelscribeStack(app, readDeployment(app.node.getAllContext()));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { app, stack };
}
