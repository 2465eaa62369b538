/**
 * Copies the text of an element. Browsers offer their clipboard to encrypted pages only: elsewhere the text is selected
 * and copied as by a person, and where even that is refused it stays selected.
 * @param {HTMLElement} source
 */
export async function copyText(source) {
  try {
    await navigator.clipboard.writeText(source.textContent ?? '');
    return true;
  } catch {
    const folded = source.closest('details');
    if (folded) folded.open = true;
    getSelection()?.selectAllChildren(source);
    return document.execCommand('copy');
  }
}
