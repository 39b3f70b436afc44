import type { Configuration } from '../configuration';
import type { ResourceType } from '../protocol/provider';
import { baseSchema } from '../schema/base';
import { applyBase } from './apply';
import { importBase } from './import';
import { planBase } from './plan';
import { readBase } from './read';
import { validateBase } from './validate';

/** `regraft_base`. */
export const baseResource: ResourceType<Configuration> = {
  schema: baseSchema,
  validate: validateBase,
  read: readBase,
  plan: planBase,
  apply: applyBase,
  import: importBase,
};
