import { createHash } from 'node:crypto';

const SHARE_IDENTIFIER_LENGTH = 16;

/**
 * Under which name AWS Batch counts a tenant's share of the machines. Share
 * identifiers take letters and digits only, and tenants are ARNs or key ids.
 */
export function shareIdentifier(tenant: string): string {
  return createHash('sha256').update(tenant).digest('hex').slice(0, SHARE_IDENTIFIER_LENGTH);
}
