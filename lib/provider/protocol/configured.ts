import { UserError } from '../../model/user-error';
import type { ProviderDefinition } from './provider';
import type { ObjectValue } from './values';
import type { Diagnostic } from './provider';

/** The configuration of the provider in this process. */
export class Configured<Configuration> {
  #made: { readonly configuration: Configuration } | undefined;

  constructor(private readonly definition: ProviderDefinition<Configuration>) {}

  /** Makes it, and tells what there is to say of it. */
  async make(config: ObjectValue, terraformVersion: string): Promise<readonly Diagnostic[]> {
    const { configuration, diagnostics = [] } = await this.definition.configure(config, terraformVersion);
    if (configuration !== undefined) {
      await this.close();
      this.#made = { configuration };
    }
    return diagnostics;
  }

  /**
   * What was made.
   *
   * @throws UserError when nothing was
   */
  get(): Configuration {
    if (this.#made) return this.#made.configuration;
    throw new UserError('the provider regraft is not configured: write a provider "regraft" block');
  }

  /** Ends what it holds open. */
  async close(): Promise<void> {
    const made = this.#made;
    this.#made = undefined;
    if (made) await this.definition.close(made.configuration);
  }
}
