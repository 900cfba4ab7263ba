import type { Artifact } from '#contracts/artifacts.ts';
import { type JobResult, MANIFEST_SCHEMA_VERSION } from '#contracts/job-result.ts';
import { placementWarnings } from '../onnx/provider/placement-warnings.ts';
import type { ComputeDevice } from '../onnx/provider/resolve-device.ts';
import { publishArtifacts, publishManifest } from '../publish/publish.ts';
import { renderEmbeddings } from '../render/embeddings.ts';
import { renderTranscript } from '../render/render.ts';
import type { Media } from './get-media.ts';
import type { JobContext } from './job-context.ts';
import type { TaskResults } from './perform-tasks.ts';
import { peakRssBytes } from './stage-timer.ts';

/** As many as the record and the events have room for; the documents have them all. */
const MAX_RESULT_WARNINGS = 50;

/**
 * Writes what the tasks made into the artifacts bucket, the manifest last.
 *
 * @throws ReelscribeError `PUBLISH_FAILED`
 */
export async function publishResult(
  media: Media,
  results: TaskResults,
  { record, deps, report, compute, placements }: JobContext,
): Promise<JobResult> {
  const { environment, s3 } = deps;
  const { output, outputs, metadata } = record.request;
  const { transcript, embeddings } = results;
  const durationSeconds = transcript?.media.durationSeconds ?? media.facts.durationSeconds ?? 0;
  const destination = {
    jobId: record.jobId,
    bucket: output?.bucket ?? environment.ARTIFACTS_BUCKET,
    prefix: output?.prefix ?? '',
  };

  report('render', 0, durationSeconds);
  const rendered = [
    ...(transcript === undefined ? [] : renderTranscript(transcript, outputs)),
    ...(embeddings === undefined ? [] : renderEmbeddings(embeddings, outputs)),
  ];
  report('publish', 0, durationSeconds);
  const artifacts = await publishArtifacts(s3, destination, rendered);
  const result = jobResult(artifacts, results, durationSeconds, {
    ...compute,
    warnings: [...compute.warnings, ...placementWarnings(placements.read())],
  });
  const manifest = await publishManifest(s3, destination, {
    schemaVersion: MANIFEST_SCHEMA_VERSION,
    jobId: record.jobId,
    attempt: environment.AWS_BATCH_JOB_ATTEMPT,
    createdAt: new Date().toISOString(),
    input: {
      bytes: media.bytes,
      sha256: media.sha256,
      contentType: media.sniffedType ?? 'application/octet-stream',
    },
    models: results.modelIds,
    result,
    metadata,
  });
  return { ...result, artifacts: [...artifacts, manifest] };
}

function jobResult(
  artifacts: Artifact[],
  { outcomes, transcript, embeddings, coldStartSeconds, ...results }: TaskResults,
  durationSeconds: number,
  { device, gpu, warnings: deviceWarnings }: ComputeDevice,
): JobResult {
  const warnings = [
    ...deviceWarnings,
    ...results.warnings,
    ...(transcript?.warnings ?? []),
    ...(embeddings?.document.warnings ?? []),
  ];
  const wallSeconds = performance.now() / 1000;
  return {
    artifacts,
    tasks: outcomes,
    warnings: warnings.slice(0, MAX_RESULT_WARNINGS),
    language: transcript?.language.code ?? null,
    ...(transcript?.speakers && { speakers: transcript.speakers.length }),
    durationSeconds,
    metrics: {
      wallSeconds,
      coldStartSeconds,
      realTimeFactor: transcript?.metrics.realTimeFactor ?? 0,
      peakRssBytes: peakRssBytes(),
      device,
      ...(gpu && { gpu }),
    },
  };
}
