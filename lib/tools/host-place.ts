/** What a libvirt URI says of where its host is. */
export interface HostPlace {
  readonly transport: string;
  readonly user: string;
  readonly host: string;
  readonly port: string;
  readonly keyFile: string | null;
}

/** Reads a libvirt URI, `DRIVER[+TRANSPORT]://[USER@][HOST][:PORT]/PATH[?PARAMETERS]`; `undefined` when it is none. */
export function placeOf(uri: string): HostPlace | undefined {
  const transport = /^[a-z]+(?:\+([a-z0-9]+))?:\/\//.exec(uri);
  if (!transport || !URL.canParse(uri)) return undefined;
  const { username, hostname, port, searchParams } = new URL(uri);
  return {
    transport: transport[1] ?? '',
    user: decodeURIComponent(username),
    host: hostname.replace(/^\[|\]$/g, ''),
    port,
    keyFile: searchParams.get('keyfile'),
  };
}
