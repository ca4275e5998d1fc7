import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';

/**
 * A streaming decoder for one content coding (RFC 9110, 8.4), or undefined for one this runtime does not know (zstd
 * before Node 22.15) and for stacked ones. Streaming with back-pressure bounds the memory a decompression bomb can take.
 */
export function decoderFor(encoding: string): Transform | undefined {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip();
    case 'deflate':
      return zlib.createInflate();
    case 'br':
      return zlib.createBrotliDecompress();
    case 'zstd':
      return 'createZstdDecompress' in zlib ? zlib.createZstdDecompress() : undefined;
    default:
      return undefined;
  }
}
