import { limited } from '../model/limited';
import { maskedUri } from '../model/manifest';
import type { Proof } from '../model/run-record';
import { DEFAULTS, DIGESTS_AT_ONCE, STARTS_AT_ONCE } from '../operations/rollout/options';
import type { BusyPolicy, PowerPolicy } from '../operations/rollout/options';
import { noClones } from './clone/planned-clones';
import type { Configuration } from './configuration';
import { errorAt, problemAt } from './diagnostics';
import { connect } from './host/connect';
import { StoragePool } from './host/storage-pool';
import { hasUnknown, number, object, text } from './known';
import type { AttributePath, Diagnostic } from './protocol/provider';
import type { ObjectValue } from './protocol/values';
import { timeDigits, validateProvider } from './validate-provider';

/** Reads the provider's block and looks whether its host is there; nothing is made or changed but a pool's power. */
export async function configure(
  config: ObjectValue,
): Promise<{ readonly configuration?: Configuration; readonly diagnostics?: readonly Diagnostic[] }> {
  const unknown = Object.keys(config).filter((name) => name !== 'plan_time' && hasUnknown(config[name]));
  if (unknown.length > 0)
    return {
      diagnostics: unknown.map((name) =>
        errorAt(
          `${name} of the provider is known only after apply, expected a value that is known at plan: apply what it comes from first (terraform apply -target=…)`,
          [name],
        ),
      ),
    };
  const diagnostics = validateProvider(config);
  if (diagnostics.length > 0) return { diagnostics };
  const configuration = configurationOf(config);
  const trouble = await look(configuration);
  if (trouble === undefined) return { configuration };
  await close(configuration);
  return { diagnostics: [trouble] };
}

/** Ends the connections of a configuration. */
export async function close({ connection }: Configuration): Promise<void> {
  await connection.close();
}

function configurationOf(config: ObjectValue): Configuration {
  const uri = text(config['uri'])!;
  const block = object(config['storage']);
  const storage = { name: text(block?.['name'])!, path: withoutSlash(text(block?.['path'])!) };
  const { connection, machines, volumes, listing } = connect(uri, storage.name, { env: process.env });
  const time = text(config['plan_time']);
  return {
    uri,
    storage,
    shutdownTimeout: number(config['shutdown_timeout']) ?? DEFAULTS.shutdownTimeout,
    onBusy: (text(config['on_busy']) as BusyPolicy | undefined) ?? DEFAULTS.onBusy,
    power: (text(config['power']) as PowerPolicy | undefined) ?? DEFAULTS.power,
    proof: (text(config['proof']) as Proof | undefined) ?? DEFAULTS.proof,
    ...(time === undefined ? {} : { planTime: timeDigits(time)! }),
    listing,
    machines,
    volumes,
    connection,
    storagePool: new StoragePool(storage.name, storage.path, connection, listing),
    starts: limited(number(config['starts_at_once']) ?? STARTS_AT_ONCE),
    digests: limited(DIGESTS_AT_ONCE),
    stopping: {},
    bases: new Map(),
    clones: noClones(),
  };
}

/** Says what is wrong with the host, at the attribute that names it. */
async function look({ uri, listing, storagePool }: Configuration): Promise<Diagnostic | undefined> {
  try {
    await listing.read();
  } catch (error) {
    const { summary } = problemAt(error);
    return problemAt(error, ['uri'], reasonOf(summary, uri));
  }
  return storagePool
    .open()
    .then(() => undefined)
    .catch((error: unknown) => problemAt(error, ['storage', 'path'] satisfies AttributePath));
}

/** What libvirt's words come down to, in front of them. */
function reasonOf(words: string, uri: string): string {
  const shown = JSON.stringify(maskedUri(uri));
  if (/denied|authenti|polkit/i.test(words))
    return `libvirt at uri ${shown} lets nobody in without permission: run Terraform as root or as a member of the group libvirt; `;
  if (/no connection driver|not recognised|unable to parse|no such host|resolve/i.test(words))
    return `uri ${shown} is none that libvirt knows, expected one such as "qemu:///system" or "qemu+ssh://root@host/system"; `;
  return `libvirt at uri ${shown} cannot be reached: see whether it runs there (systemctl status libvirtd); `;
}

function withoutSlash(path: string): string {
  return path.replace(/(?<=.)\/+$/, '');
}
