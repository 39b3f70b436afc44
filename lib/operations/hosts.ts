import type { Manifest, ManifestHost } from '../model/manifest';
import { maskedUri } from '../model/manifest';
import { UserError } from '../model/user-error';
import type { StackContent } from './stacks';

/** Where a host is reached, or why `virsh` cannot reach it. */
export type Reach = { readonly uri: string } | { readonly obstacle: string };

/** Where a host is reached: by the URI that the synthesized stack says, else by the manifest's. */
export function reachOf(name: string, host: ManifestHost, content?: StackContent): Reach {
  const { libvirt = [], regraft = [] } = content?.provider ?? {};
  const uri = [...libvirt, ...regraft].find(({ alias }) => alias === name)?.uri ?? host.uri;
  if (uri === undefined || /[$%]\{/.test(uri)) return { obstacle: 'its URI is known to Terraform only' };
  if (maskedUri(uri) !== uri) {
    return { obstacle: 'there is a password in its URI, which virsh does not take' };
  }
  return { uri: quietUri(uri) };
}

/**
 * Where each host is reached.
 *
 * @throws UserError when one cannot be reached through `virsh`
 */
export function reachAll(hosts: Manifest['hosts'], content?: StackContent): Map<string, string> {
  return new Map(
    Object.entries(hosts).map(([name, host]) => {
      const reach = reachOf(name, host, content);
      if ('uri' in reach) return [name, reach.uri];
      throw new UserError(
        `host ${name} cannot be reached: ${reach.obstacle}; use a URI that virsh takes, with a password in libvirt's auth.conf or an SSH key`,
      );
    }),
  );
}

/** Over SSH no password is asked for: nobody might be there to answer. */
function quietUri(uri: string): string {
  if (!/^[a-z]+\+(ssh|libssh2?):/.test(uri) || /[?&]no_tty=/.test(uri)) return uri;
  return `${uri}${uri.includes('?') ? '&' : '?'}no_tty=1`;
}
