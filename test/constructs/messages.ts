/** How the message about a bad name ends. */
export const NAME =
  "is not a name that libvirt and Terraform take: use letters, digits and single '-' or '_' between them, beginning with a letter";
