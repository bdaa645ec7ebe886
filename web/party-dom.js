/** Elements without markup: nothing that a person or a camera wrote is ever read as HTML. */

export function element(name, properties = {}, children = []) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export const fill = (place, children) => place.replaceChildren(...children);

/** Chinese, and English beside it. */
export const words = ({ zh, en }) => (en === '' ? [zh] : [`${zh} `, element('span', { lang: 'en' }, [en])]);
