import type { ProviderGeneration } from './host';
import { PROVIDER_GENERATIONS } from './host';

/** What a host says of its provider. */
export interface ChosenProvider {
  readonly generation: ProviderGeneration;
  /** The exact version; left out when only the generation is said. */
  readonly version?: string;
}

/** What a text such as `0.9`, `0.8.3`, `regraft` or `regraft-0.1.0` chooses; `undefined` when it is none of them. */
export function chosenProvider(text: string): ChosenProvider | undefined {
  for (const generation of PROVIDER_GENERATIONS) {
    if (text === generation) return { generation };
    if (generation === 'regraft') {
      const [, version] = /^regraft-(\d+\.\d+\.\d+\S*)$/.exec(text) ?? [];
      if (version !== undefined) return { generation, version };
    } else if (text.startsWith(`${generation}.`)) return { generation, version: text };
  }
  return undefined;
}
