variable "uri" {
  description = "The libvirt connection URI."
  type        = string
  default     = "qemu:///system"
}

variable "storage_path" {
  description = "The folder of the storage pool on the host."
  type        = string
  default     = "/var/lib/libvirt/regraft-single"
}

variable "image" {
  description = "The qcow2 image of the system, on this machine."
  type        = string
}

variable "domain_type" {
  description = "`kvm`, or `qemu` where the host has no hardware virtualization."
  type        = string
  default     = "kvm"
}
