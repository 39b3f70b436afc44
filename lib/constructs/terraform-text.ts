/** Text as it is: a shell's `${…}` is kept from being read by Terraform; cdktf's own tokens stay what they are. */
export function literal(text: string): string {
  return text.replace(/\$\{(?!TfToken\[)/g, '$$$${').replace(/%\{/g, '%%{');
}
