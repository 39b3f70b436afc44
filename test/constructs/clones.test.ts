import { Token } from 'cdktf';
import { ClonePool, Firmware, Graphics, type MachineProps, Network, Volume } from 'regraft';
import { TerraformVariable } from 'cdktf';
import { baseIn, classroom, GENERATIONS, hostIn, MACHINE } from '../support/declarations';
import { disksOf } from '../support/parts';
import { block, blocks, manifest, synthesize } from '../support/synthesis';

it('numbered clones keep their names when there are more of them', () => {
  expect(ClonePool.numbered('student', 3)).toEqual(['student-01', 'student-02', 'student-03']);
  expect(ClonePool.numbered('student', 120).slice(0, 99)).toEqual(ClonePool.numbered('student', 99));
  expect(ClonePool.numbered('student', 2, 99)).toEqual(['student-99', 'student-100']);
  expect(ClonePool.numbered('student', 0)).toEqual([]);
});

it('an unknown clone of a pool is an error with the nearest name', () => {
  synthesize((stack) => {
    const { pool } = classroom(stack);
    expect(() => pool.clone('studnet-01')).toThrow(
      'clone "studnet-01" is not in pool students: did you mean "student-01"?',
    );
  });
  expect.assertions(1);
});

describe.each(GENERATIONS)('a clone, provider %s', (provider) => {
  const machineWith = (machine: Partial<MachineProps>) => {
    const stack = synthesize((scope) => {
      const base = baseIn(scope, hostIn(scope, 'lab', { provider }), 'v1');
      new ClonePool(scope, 'students', { base, clones: ['anna'], machine: { ...MACHINE, ...machine } });
    });
    return {
      stack,
      domain: block(stack, 'libvirt_domain', 'students__anna'),
      text: JSON.stringify(block(stack, 'libvirt_domain', 'students__anna')),
    };
  };

  it('has what is its own, and the others what is the pool’s', () => {
    const stack = synthesize((scope) => {
      const base = baseIn(scope, hostIn(scope, 'lab', { provider }), 'v1');
      new ClonePool(scope, 'students', {
        base,
        clones: ['anna', 'bert'],
        machine: { ...MACHINE, networks: [Network.named('default')] },
        overrides: {
          anna: {
            vcpus: 8,
            memory: '4GiB',
            mac: '52:54:00:AA:BB:01',
            volumes: { z: Volume.data({ size: '1GiB', bus: 'scsi' }), b: Volume.data({ size: 1 }) },
          },
        },
      });
    });
    const [anna, bert] = ['anna', 'bert'].map((name) => block(stack, 'libvirt_domain', `students__${name}`));
    expect([anna!['vcpu'], anna!['memory']]).toEqual([8, 4096]);
    expect([bert!['vcpu'], bert!['memory']]).toEqual([1, 512]);
    expect(JSON.stringify(anna).toLowerCase()).toContain('52:54:00:aa:bb:01');
    const disks = (domain: typeof anna) =>
      disksOf(domain!).map(({ volume, target }) => `${volume} ${target}`);
    expect(disks(anna)).toEqual(['root vda', 'scratch vdb', 'home vdc', 'b vdd', 'z sda']);
    expect(disks(bert)).toEqual(['root vda', 'scratch vdb', 'home vdc']);
    expect(Object.keys(block(stack, 'libvirt_volume', 'lab__data').for_each!)).toEqual([
      'students/anna/b',
      'students/anna/home',
      'students/anna/z',
      'students/bert/home',
    ]);
  });

  it('boots by UEFI with the paths of the firmware, by BIOS without any', () => {
    const firmware = Firmware.uefi({ loader: '/fw/code.fd', nvramTemplate: '/fw/vars.fd' });
    const { domain } = machineWith({ firmware });
    if (provider === '0.8') {
      expect(domain).toMatchObject({ firmware: '/fw/code.fd', nvram: { template: '/fw/vars.fd' } });
    } else {
      expect(domain['os']).toMatchObject({
        loader: '/fw/code.fd',
        loader_type: 'pflash',
        nv_ram: { template: '/fw/vars.fd' },
      });
    }
    expect(machineWith({}).text).not.toContain('.fd');
  });

  it('is attached to the networks in their order', () => {
    const { text } = machineWith({ networks: [Network.bridge('br0'), Network.named('default')] });
    expect(text.indexOf('br0')).toBeGreaterThan(0);
    expect(text.indexOf('"default"')).toBeGreaterThan(text.indexOf('br0'));
    expect(machineWith({}).text).not.toMatch(/interface/);
  });

  it('has a screen only when it is said, on an address of the host', () => {
    expect(machineWith({ graphics: Graphics.vnc('10.0.0.1') }).text).toContain('10.0.0.1');
    expect(
      JSON.stringify(
        machineWith({ graphics: Graphics.spice() }).domain['graphics'] ??
          machineWith({ graphics: Graphics.spice() }).domain['devices'],
      ),
    ).toContain('spice');
    expect(JSON.stringify(machineWith({}).domain['graphics'] ?? null)).toBe('null');
  });

  it('always has a serial console, and a log of it only when it is said', () => {
    expect(machineWith({}).text).toMatch(/serial/);
    expect(machineWith({}).text).not.toContain('anna.log');
    expect(machineWith({ consoleLogs: '/var/log/consoles' }).text).toContain('/var/log/consoles/anna.log');
  });

  it('is told by cloud-init what is written: a shell’s ${HOME} is kept from Terraform, tokens of cdktf are resolved', () => {
    const stack = synthesize((scope) => {
      const secret = new TerraformVariable(scope, 'motd', { type: 'string' });
      const base = baseIn(scope, hostIn(scope, 'lab', { provider }), 'v1');
      const userData = (clone: string) =>
        `# ${clone}: ${Token.asString(secret.value)}\necho \${HOME} %{x} $HOME\n`;
      new ClonePool(scope, 'students', {
        base,
        clones: ['anna'],
        machine: {
          ...MACHINE,
          cloudInit: (clone) => ({ userData: userData(clone), networkConfig: 'version: 2' }),
        },
      });
    });
    expect(block(stack, 'libvirt_cloudinit_disk', 'students__anna')).toMatchObject({
      user_data: '# anna: ${var.motd}\necho $${HOME} %%{x} $HOME\n',
      meta_data: 'instance-id: anna\nlocal-hostname: anna\n',
      network_config: 'version: 2',
    });
    const roles = Object.values(manifest(stack).addresses).filter(({ role }) => role === 'cloud-init');
    expect(roles.length).toBe(provider === '0.8' ? 1 : 2);
  });

  it('can be given what regraft does not say, on its machine and on what stands around it', () => {
    const stack = synthesize((scope) => {
      const { pool } = classroom(scope, provider);
      pool.clone('student-01').domain.addOverride('description', 'front row');
      pool.clone('student-01').domain.addOverride('vcpu', 3);
      pool
        .clone('student-01')
        .surroundings.addOverride('libvirt_volume.students__student-01__scratch__v1.format', 'raw');
    });
    const [first, second] = ['student-01', 'student-02'].map((name) =>
      block(stack, 'libvirt_domain', `students__${name}`),
    );
    expect([first!['description'], first!['vcpu'], second!['description'], second!['vcpu']]).toEqual([
      'front row',
      3,
      undefined,
      1,
    ]);
    expect(block(stack, 'libvirt_volume', 'students__student-01__scratch__v1')).toMatchObject({
      format: 'raw',
      lifecycle: { create_before_destroy: true },
    });
    expect(block(stack, 'libvirt_volume', 'students__student-02__scratch__v1')['format']).not.toBe('raw');
  });

  it('that is retired leaves nothing but its data volumes', () => {
    const stack = synthesize((scope) => {
      const base = baseIn(scope, hostIn(scope, 'lab', { provider }), 'v1');
      new ClonePool(scope, 'students', {
        base,
        clones: ['anna', 'bert'],
        retired: ['bert'],
        machine: MACHINE,
      });
    });
    expect(Object.keys(blocks(stack, 'libvirt_domain'))).toEqual(['students__anna']);
    expect(Object.keys(block(stack, 'libvirt_volume', 'lab__archived').for_each!)).toEqual([
      'students/bert/home',
    ]);
    expect(Object.entries(manifest(stack).addresses).filter(([address]) => address.includes('bert'))).toEqual(
      [
        [
          expect.stringContaining('__archived'),
          { role: 'archived', host: 'lab', pool: 'students', clone: 'bert', volume: 'home', type: 'data' },
        ],
      ],
    );
  });
});
