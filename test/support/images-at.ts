import type { ProviderGeneration } from 'regraft';

/** Where tests have their images, which nobody looks for: behind a URL, or for regraft's own provider, which takes none, in a folder. */
export function imagesAt(provider: ProviderGeneration): string {
  return provider === 'regraft' ? '/images.test' : 'https://images.test';
}
