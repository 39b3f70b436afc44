import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A private key, and the certificate that it signed for itself. */
export interface Identity {
  /** PKCS #8 in PEM. */
  readonly key: string;
  /** In PEM. */
  readonly pem: string;
  /** In DER. */
  readonly der: Buffer;
}

/** The tags of ASN.1 that a certificate is made of. */
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  identifier: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
  dnsName: 0x82,
  version: 0xa0,
  extensions: 0xa3,
};

/** Object identifiers, encoded. */
const OID = {
  ecdsaWithSha256: '2a8648ce3d040302',
  commonName: '550403',
  subjectAlternativeName: '551d11',
  basicConstraints: '551d13',
};

const DAY = 24 * 3600_000;

/**
 * A new identity for `localhost`, which is the name that go-plugin looks for: an ECDSA key on P-256 with a certificate
 * (RFC 5280) for the life of a process. The libraries for it take 80 ms to load, at each of the three starts that a plan has.
 */
export function newIdentity(now = Date.now()): Identity {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = sequence(identifier(OID.ecdsaWithSha256));
  const name = sequence(
    der(TAG.set, sequence(identifier(OID.commonName), der(TAG.utf8, Buffer.from('localhost')))),
  );
  const certificate = sequence(
    der(TAG.version, der(TAG.integer, Buffer.from([2]))),
    // A first byte that keeps the number positive and free of leading zeros.
    der(TAG.integer, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    name,
    sequence(utcTime(now - DAY), utcTime(now + 365 * DAY)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      TAG.extensions,
      sequence(
        sequence(
          identifier(OID.basicConstraints),
          der(TAG.boolean, Buffer.from([0xff])),
          der(TAG.octets, sequence(der(TAG.boolean, Buffer.from([0xff])))),
        ),
        sequence(
          identifier(OID.subjectAlternativeName),
          der(TAG.octets, sequence(der(TAG.dnsName, Buffer.from('localhost')))),
        ),
      ),
    ),
  );
  const signature = sign('sha256', certificate, privateKey);
  const whole = sequence(certificate, algorithm, der(TAG.bits, Buffer.concat([Buffer.from([0]), signature])));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    pem: `-----BEGIN CERTIFICATE-----\n${whole.toString('base64')}\n-----END CERTIFICATE-----\n`,
    der: whole,
  };
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return der(TAG.sequence, Buffer.concat(parts));
}

function identifier(encoded: string): Buffer {
  return der(TAG.identifier, Buffer.from(encoded, 'hex'));
}

/** `YYMMDDhhmmssZ`, good to the end of 2049. */
function utcTime(time: number): Buffer {
  const digits = new Date(time).toISOString().replace(/\.\d+|[^\d]/g, '');
  return der(TAG.utcTime, Buffer.from(`${digits.slice(2, 14)}Z`));
}
