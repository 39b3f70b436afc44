/** Programs that run in the browser, as text: the tests are compiled without the DOM's types. */

/** The contrast of every visible text with what is behind it, the faintest first, as `RATIO TAG.CLASS TEXT`. */
export const CONTRASTS = `(() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = (color) => {
    const [r, g, b] = color.slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgb(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
      if (color[3] !== 0) throw new Error('half transparent: ' + at.className);
    }
    throw new Error('the page has no background of its own');
  };
  const found = new Set();
  const add = (color, element, text) => {
    const [one, other] = [luminance(rgb(color)), luminance(behind(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    const place = element.tagName.toLowerCase() + '.' + element.className;
    found.add(ratio.toFixed(2).padStart(5) + ' ' + place + ' ' + text.slice(0, 30));
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (text === '' || !element.checkVisibility()) continue;
    if (getComputedStyle(element).opacity !== '1') throw new Error('opacity: ' + element.className);
    add(getComputedStyle(element).color, element, text);
  }
  for (const field of document.querySelectorAll('input')) {
    add(getComputedStyle(field, '::placeholder').color, field, field.placeholder);
  }
  return [...found].sort();
})()`;

/** What has the focus, as a screen reader would name it, and whether its focus can be seen. */
export const FOCUSED = `(() => {
  const at = document.activeElement;
  if (at === document.body) return 'the page';
  const name = at.labels?.[0]?.firstChild.textContent ?? at.getAttribute('aria-label') ?? at.textContent;
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  const isSeen = outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2;
  return at.tagName.toLowerCase() + ' ' + name.trim().slice(0, 22).trim() + (isSeen ? '' : ' (no outline)');
})()`;

/** Whether the page is wider than its window. */
export const IS_TOO_WIDE = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';

/** How many lines each clone's name takes. */
export const LINES_OF_NAMES = `[...document.querySelectorAll('.name')].map((name) => name.getClientRects().length)`;
