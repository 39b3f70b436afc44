import type {
  CloudInit,
  Firmware as FirmwareModel,
  Graphics as GraphicsModel,
  Machine,
} from '../model/machine';
import type { Size } from '../model/size';
import { bytesOf } from '../model/size';
import type { Network } from './network';
import { literal } from './terraform-text';

/** The firmware that machines boot by. */
export class Firmware {
  /** SeaBIOS, libvirt's default on x86. */
  static bios(): Firmware {
    return new Firmware({ kind: 'bios' });
  }

  /** UEFI, with the paths of its code and of its variables' template on the host; by default those of Debian's package `ovmf`. */
  static uefi(props: { readonly loader?: string; readonly nvramTemplate?: string } = {}): Firmware {
    const { loader = '/usr/share/OVMF/OVMF_CODE_4M.fd', nvramTemplate = '/usr/share/OVMF/OVMF_VARS_4M.fd' } =
      props;
    return new Firmware({ kind: 'uefi', loader, nvramTemplate });
  }

  private constructor(readonly model: FirmwareModel) {}
}

/** The machines' screen. */
export class Graphics {
  /** No screen; the serial console is always there. */
  static none(): Graphics {
    return new Graphics({ kind: 'none' });
  }

  /** VNC on an address of the host, on a free port. */
  static vnc(listen = '127.0.0.1'): Graphics {
    return new Graphics({ kind: 'vnc', listen });
  }

  /** SPICE on an address of the host, on a free port. */
  static spice(listen = '127.0.0.1'): Graphics {
    return new Graphics({ kind: 'spice', listen });
  }

  private constructor(readonly model: GraphicsModel) {}
}

/** What cloud-init is told of a clone. */
export interface CloudInitProps {
  /** The user data, such as `#cloud-config` YAML. */
  readonly userData: string;
  /**
   * The meta data.
   * @default - instance ID and host name are the clone's name
   */
  readonly metaData?: string;
  /**
   * The network configuration.
   * @default - left to the image
   */
  readonly networkConfig?: string;
}

/** A machine's shape. */
export interface MachineProps {
  /** Virtual CPUs. */
  readonly vcpus: number;
  /** Memory, a whole number of MiB. */
  readonly memory: Size;
  /**
   * The networks that it is attached to.
   * @default - none
   */
  readonly networks?: readonly Network[];
  /**
   * The architecture, as QEMU names it.
   * @default 'x86_64'
   */
  readonly architecture?: string;
  /**
   * The machine type, as QEMU names it.
   * @default 'q35', 'virt' where the architecture is not x86_64
   */
  readonly machineType?: string;
  /**
   * The firmware.
   * @default Firmware.bios()
   */
  readonly firmware?: Firmware;
  /**
   * What runs the machine: `kvm`, or `qemu` (emulation) where there is no KVM.
   * @default 'kvm'
   */
  readonly accelerator?: 'kvm' | 'qemu';
  /**
   * The CPU mode, as libvirt names it; `default` is what libvirt gives a machine that says none.
   * @default 'host-passthrough' with kvm, libvirt's own default with qemu
   */
  readonly cpuMode?: 'host-passthrough' | 'host-model' | 'maximum' | 'default';
  /**
   * The screen.
   * @default Graphics.none()
   */
  readonly graphics?: Graphics;
  /**
   * Whether it has the channel of the QEMU guest agent.
   * @default true
   */
  readonly guestAgent?: boolean;
  /**
   * Whether it starts with the host.
   * @default false
   */
  readonly autostart?: boolean;
  /**
   * A folder on the host where each serial console is also written to `CLONE.log`.
   * @default - not written
   */
  readonly consoleLogs?: string;
  /**
   * What cloud-init is told, as a function of the clone's name.
   * @default - no cloud-init disk
   */
  readonly cloudInit?: (clone: string) => CloudInitProps;
}

/** The shape with all its defaults; a size that is none becomes 0, which {@link machineProblems} refuses. */
export function machineOf(props: MachineProps): Machine {
  const { architecture = 'x86_64', accelerator = 'kvm' } = props;
  return {
    vcpus: props.vcpus,
    memory: bytesOrZero(props.memory),
    architecture,
    machineType: props.machineType ?? (architecture === 'x86_64' ? 'q35' : 'virt'),
    firmware: (props.firmware ?? Firmware.bios()).model,
    accelerator,
    cpuMode: cpuModeOf(props.cpuMode ?? (accelerator === 'kvm' ? 'host-passthrough' : 'default')),
    networks: (props.networks ?? []).map(({ attachment }) => attachment),
    graphics: (props.graphics ?? Graphics.none()).model,
    guestAgent: props.guestAgent ?? true,
    autostart: props.autostart ?? false,
    ...(props.consoleLogs === undefined ? {} : { consoleLogs: props.consoleLogs }),
  };
}

/** The CPU mode as the dialects write it, which write none for libvirt's own default. */
function cpuModeOf(mode: NonNullable<MachineProps['cpuMode']>): string {
  return mode === 'default' ? '' : mode;
}

/** What cloud-init is told of a clone, with its meta data. */
export function cloudInitOf(clone: string, { userData, metaData, networkConfig }: CloudInitProps): CloudInit {
  return {
    userData: literal(userData),
    metaData: literal(metaData ?? `instance-id: ${clone}\nlocal-hostname: ${clone}\n`),
    ...(networkConfig === undefined ? {} : { networkConfig: literal(networkConfig) }),
  };
}

/** What is wrong with a machine's shape, one message each. */
export function machineProblems(
  who: string,
  { vcpus, memory }: { readonly vcpus: number; readonly memory: Size },
): string[] {
  const problems: string[] = [];
  if (!Number.isInteger(vcpus) || vcpus < 1)
    problems.push(`${who}: vcpus is ${vcpus}, expected a whole number of at least 1`);
  const bytes = bytesOrZero(memory);
  if (bytes === 0 || bytes % 2 ** 20 !== 0) {
    problems.push(
      `${who}: memory is ${JSON.stringify(memory)}, expected a whole number of MiB such as '2GiB'`,
    );
  }
  return problems;
}

function bytesOrZero(size: Size): number {
  try {
    return bytesOf(size);
  } catch {
    return 0;
  }
}
