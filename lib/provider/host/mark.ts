import { escapedXml } from '../../dialects/metadata';
import type { VolumeType } from '../../model/volume-type';
import { VOLUME_TYPES } from '../../model/volume-type';
import type { Element } from '../../tools/libvirt-xml';
import { at, attribute, root } from '../../tools/libvirt-xml';
