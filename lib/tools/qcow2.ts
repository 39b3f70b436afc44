import type { Qcow2Header } from '../model/qcow2-header';
import { parseQcow2Header } from '../model/qcow2-header';

/** The length of the part of a qcow2 header that is read. */
export const QCOW2_HEADER = 80;

/**
 * Where a qcow2 file's first-level table is, which is all zeros as long as no cluster was ever allocated; `undefined`
 * when it is no qcow2, or when it may hold content that this table does not tell: snapshots, an external data file.
 */
export function qcow2Table(bytes: Buffer): Qcow2Header['firstTable'] | undefined {
  const header = bytes.length < QCOW2_HEADER ? undefined : parseQcow2Header(bytes);
  if (!header || ![2, 3].includes(header.version) || header.snapshots !== 0 || header.externalData)
    return undefined;
  return header.firstTable;
}
