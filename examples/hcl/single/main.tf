# The smallest: one base, one machine on it.
terraform {
  required_version = ">= 1.5"
  required_providers {
    regraft = {
      source = "regraft/regraft"
    }
  }
}

provider "regraft" {
  uri       = var.uri
  plan_time = plantimestamp()
  storage {
    name = "regraft-single"
    path = var.storage_path
  }
}

resource "regraft_base" "debian_12" {
  name = "debian-12"
  volumes = {
    root = { type = "system", image = var.image }
    home = { type = "data", size = 10 * pow(1024, 3) }
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "regraft_clone" "box" {
  name = "box"
  base = regraft_base.debian_12.name
  volumes = {
    root = { type = "system" }
    home = { type = "data" }
  }
  # Disks are made from `volumes`; name, UUID and MAC addresses are filled in.
  domain_xml = <<-XML
    <domain type='${var.domain_type}'>
      <memory unit='MiB'>1024</memory>
      <vcpu>1</vcpu>
      <os><type arch='x86_64' machine='q35'>hvm</type></os>
      <features><acpi/></features>
      <devices><serial type='pty'/><console type='pty'/></devices>
    </domain>
  XML
}
