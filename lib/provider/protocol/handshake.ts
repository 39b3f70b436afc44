import { X509Certificate } from 'node:crypto';

/** What Terraform and OpenTofu set for the plugins that they start; a check against a start by hand, no secret (Terraform, `internal/plugin/serve.go`). */
const MAGIC_COOKIE = {
  name: 'TF_PLUGIN_MAGIC_COOKIE',
  value: 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2',
};

/** The major version of Terraform's plugin protocol that is served. */
const PROTOCOL = '6';
/** The version of go-plugin's own handshake. */
const CORE_PROTOCOL = '1';

/** What Terraform told at the start: the certificate of the one client that may connect. */
export interface Invitation {
  readonly clientCertificate: X509Certificate;
}

/** The invitation in the environment, or the sentence that says why there is none. */
export function readInvitation(env: NodeJS.ProcessEnv): Invitation | { readonly refusal: string } {
  if (env[MAGIC_COOKIE.name] !== MAGIC_COOKIE.value) {
    return {
      refusal:
        'this is the Terraform provider of regraft, which Terraform and OpenTofu start themselves: put it in its place with `regraft provider install`, name it in `required_providers`, and run `terraform init`',
    };
  }
  const versions = env['PLUGIN_PROTOCOL_VERSIONS'] ?? '';
  if (!versions.split(',').includes(PROTOCOL)) {
    return {
      refusal: `PLUGIN_PROTOCOL_VERSIONS is ${JSON.stringify(versions)}, expected a list with ${PROTOCOL}: use Terraform 1.5 or later, or OpenTofu`,
    };
  }
  const pem = env['PLUGIN_CLIENT_CERT'] ?? '';
  if (pem === '') {
    return {
      refusal:
        'PLUGIN_CLIENT_CERT is not set, expected the certificate of the client: the provider serves only over mutual TLS, as Terraform and OpenTofu ask for',
    };
  }
  try {
    return { clientCertificate: new X509Certificate(pem) };
  } catch (error) {
    return {
      refusal: `PLUGIN_CLIENT_CERT is no certificate in PEM (${(error as Error).message}), expected the one that Terraform or OpenTofu sets`,
    };
  }
}

/** The line that tells Terraform where and how it can connect (go-plugin, `Client.Start`). */
export function handshakeLine(socket: string, certificate: Buffer): string {
  const text = certificate.toString('base64').replace(/=+$/, '');
  return [CORE_PROTOCOL, PROTOCOL, 'unix', socket, 'grpc', text].join('|');
}
