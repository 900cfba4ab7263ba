import { readFileSync } from 'node:fs';

/** What Linux calls the instructions, in their 512-bit and 256-bit forms. */
const VNNI = /^flags\s*:.*\bavx(512)?_vnni\b/m;

/**
 * Whether an x64 processor multiplies unsigned by signed bytes and sums up in 32
 * bits. Without, onnxruntime's sums of such products saturate at 16 bits.
 *
 * @param cpuinfo the processor as Linux describes it; other systems count as without
 */
export function multipliesSignedBytes(cpuinfo: string = readCpuinfo()): boolean {
  return VNNI.test(cpuinfo);
}

function readCpuinfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}
