/** The few words this page needs of the DOM. */
export const $ = (id) => document.getElementById(id);

export const el = (name, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
};

/** Chinese, with English small beside it. */
export const two = ([chinese, english]) => el('span', {}, `${chinese} `, el('small', {}, english));
