import {
  type JobAccepted,
  type JobView,
  jobAcceptedSchema,
  jobViewSchema,
  problemSchema,
  type UploadTicket,
  uploadTicketSchema,
} from '#contracts/api.ts';
import { ReelscribeError } from '#contracts/errors.ts';
import type { JobRequestInput } from '#contracts/job-request.ts';

/** The job API as a caller sees it: over HTTP, with a key. */
export type ApiClient = ReturnType<typeof createApiClient>;

export function createApiClient({ apiUrl, apiKey }: { apiUrl: string; apiKey: string }) {
  /** @throws ReelscribeError with the code of the problem document */
  async function call(
    method: string,
    path: string,
    body?: unknown,
    headers = {},
  ): Promise<unknown> {
    const response = await fetch(`${apiUrl}${path}`, {
      method,
      headers: {
        'x-api-key': apiKey,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) {
      const { code, detail, title, hint } = problemSchema.parse(answer);
      throw new ReelscribeError(code, detail ?? title, hint === undefined ? {} : { hint });
    }
    return answer;
  }

  return {
    async createJob(request: JobRequestInput, idempotencyKey: string): Promise<JobAccepted> {
      const headers = { 'idempotency-key': idempotencyKey };
      return jobAcceptedSchema.parse(await call('POST', '/v1/jobs', request, headers));
    },

    async getJob(jobId: string): Promise<JobView> {
      return jobViewSchema.parse(await call('GET', `/v1/jobs/${jobId}`));
    },

    async createUpload(bytes: number, contentType: string): Promise<UploadTicket> {
      return uploadTicketSchema.parse(await call('POST', '/v1/uploads', { bytes, contentType }));
    },
  };
}
