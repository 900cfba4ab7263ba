import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobView } from '#contracts/api.ts';
import { ARTIFACTS, type ArtifactKind } from '#contracts/artifacts.ts';

/** Downloads a finished job's artifacts by the links of its view; returns the files' paths. */
export async function downloadArtifacts(
  job: Pick<JobView, 'jobId' | 'links'>,
  outputDir: string,
): Promise<Map<ArtifactKind, string>> {
  const dir = join(outputDir, job.jobId);
  await mkdir(dir, { recursive: true });
  const links = Object.entries(job.links ?? {}) as [ArtifactKind, string][];
  return new Map(
    await Promise.all(
      links.map(async ([kind, link]) => {
        const response = await fetch(link);
        if (!response.ok) {
          throw new Error(`the link of ${kind} was answered with ${response.status}`);
        }
        const path = join(dir, ARTIFACTS[kind].file);
        await writeFile(path, Buffer.from(await response.arrayBuffer()));
        return [kind, path] as const;
      }),
    ),
  );
}
