/**
 * The Blobs port: write-once bytes under a key, checked by their SHA-256 on the way in and on the way out.
 * Contract: tests/contract/blobs.ts. A put is durable (bytes and directory entry) when its promise resolves.
 */
import type { Sha256 } from '#core/ids.ts';

export interface BlobInfo {
  readonly key: string;
  readonly bytes: number;
  readonly sha256: Sha256;
}

/** A URL anyone may use until it expires. */
export interface SignedRequest {
  readonly method: 'GET' | 'PUT';
  readonly url: string;
  /** Headers the caller must send. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface Blobs {
  /**
   * Stores the bytes unless the key is taken. Taken by the same bytes: `stored: false`, no error (a retry).
   * @throws {BlobConflictError} when the key holds other bytes: a blob never changes.
   */
  putIfAbsent(key: string, bytes: Uint8Array, contentType: string): Promise<BlobInfo & { stored: boolean }>;
  /** @throws {BlobCorruptError} when the bytes no longer have the SHA-256 they came with. */
  get(key: string): Promise<Uint8Array | undefined>;
  head(key: string): Promise<BlobInfo | undefined>;
  /** Idempotent. @throws {BlobHeldError} under a legal hold. */
  delete(key: string): Promise<void>;
  /** Nothing can delete the blob until the hold is released. */
  setLegalHold(key: string, held: boolean): Promise<void>;
  presignGet(key: string, options: { expiresAt: number; fileName?: string }): Promise<SignedRequest>;
  /** The upload is refused unless it has just this length and SHA-256. */
  presignPut(
    key: string,
    options: { expiresAt: number; bytes: number; sha256: Sha256; contentType: string },
  ): Promise<SignedRequest>;
}

export class BlobConflictError extends Error {
  override readonly name = 'BlobConflictError';
}
export class BlobCorruptError extends Error {
  override readonly name = 'BlobCorruptError';
}
export class BlobHeldError extends Error {
  override readonly name = 'BlobHeldError';
}
