variable "uri" {
  description = "The libvirt connection URI."
  type        = string
  default     = "qemu:///system"
}

variable "storage_path" {
  description = "The folder of the storage pool on the host."
  type        = string
  default     = "/var/lib/libvirt/regraft-classroom"
}

variable "images" {
  description = "The qcow2 image of each base, on this machine."
  type        = object({ debian-12 = string, debian-13 = string })
}

variable "students" {
  description = "The machines, by name."
  type        = map(object({ memory_mib = optional(number, 2048), projects_gib = optional(number, 5) }))
  default     = { student-01 = {}, student-02 = {}, student-03 = {} }
}

variable "moved" {
  description = "The machines that are on debian-13."
  type        = set(string)
  default     = []
}

variable "retain" {
  description = "Whether moved machines keep their old system overlays as the way back."
  type        = bool
  default     = true
}

variable "protect_bases" {
  description = "Whether destroying a base is refused; say false before you destroy all of it."
  type        = bool
  default     = true
}

variable "network" {
  description = "The libvirt network of the machines; null for none."
  type        = string
  default     = "default"
}

variable "domain_type" {
  description = "`kvm`, or `qemu` where the host has no hardware virtualization."
  type        = string
  default     = "kvm"
}
