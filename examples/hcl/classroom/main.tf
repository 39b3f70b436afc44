# A classroom: machines of one shape, moved from debian-12 onto debian-13, a few first.
#
# The stages of a base update are small changes of two variables, each one a plan to review:
#
#   1. propose  moved = ["student-01"]          the canary: its system and temporary volumes are replaced, its data kept
#   2. apply    moved = ["student-01", ...all]  everybody; the old system overlays stay as the way back
#   3. promote  retain = false                  the way back is given up: nothing changes but that the old overlays go
#   or revert   moved = []                      back to the old overlays, changes on them included (while retain = true)
#
# A running machine is asked to shut down first, and started again afterwards.
terraform {
  required_version = ">= 1.5"
  required_providers {
    regraft = {
      source = "regraft/regraft"
    }
  }
}

provider "regraft" {
  uri              = var.uri
  shutdown_timeout = 120
  plan_time        = plantimestamp()
  storage {
    name = "regraft-classroom"
    path = var.storage_path
  }
}

# Both bases have the same storage outline: a clone moves between such bases only.
resource "regraft_base" "debian" {
  for_each = var.images
  name     = each.key
  volumes = {
    root    = { type = "system", image = each.value }
    scratch = { type = "temporary", size = 1 * local.gib }
    home    = { type = "data", size = 5 * local.gib }
  }
  # A base that clones stand on is never deleted; this guards the others as well.
  deletion_protection = var.protect_bases
  # Removed in the same apply that moves its clones away, a base is deleted after them.
  lifecycle {
    create_before_destroy = true
  }
}

resource "regraft_clone" "student" {
  for_each = var.students
  name     = each.key
  base     = regraft_base.debian[contains(var.moved, each.key) ? "debian-13" : "debian-12"].name
  # The base whose overlays are kept: it has to be the one that the clone comes from.
  retain = var.retain && contains(var.moved, each.key) ? regraft_base.debian["debian-12"].name : null
  volumes = {
    root    = { type = "system" }
    scratch = { type = "temporary" }
    home    = { type = "data" }
    # A data volume of the clone's own, beside those of its base.
    projects = { type = "data", size = each.value.projects_gib * local.gib }
  }
  domain_xml = templatefile("${path.module}/domain.xml.tftpl", {
    type    = var.domain_type
    memory  = each.value.memory_mib
    network = var.network
  })
  # The default: destroying a clone keeps its data volumes, and a clone of the same name finds them again.
  data_on_destroy = "keep"
}

locals {
  gib = pow(1024, 3)
}

# Which machine is on which base, as the host says.
data "regraft_clones" "all" {
  depends_on = [regraft_clone.student]
}

# What keeps debian-12 from being deleted.
data "regraft_dependents" "debian_12" {
  base       = "debian-12"
  depends_on = [regraft_clone.student]
}

output "bases" {
  value = { for name, clone in data.regraft_clones.all.clones : name => clone.base }
}

output "data_volumes" {
  value = { for name, clone in regraft_clone.student : name => clone.volumes["home"].path }
}
