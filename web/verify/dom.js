/** Elements without markup: nothing that comes from a package is ever read as HTML. */

export function element(name, properties = {}, children = []) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export const fill = (place, children) => place.replaceChildren(...children);

/** Chinese, and English beside it. */
export const words = ({ zh, en }) => [`${zh} `, element('span', { lang: 'en' }, [en])];
