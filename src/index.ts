/**
 * The plugin's address: what a host imports. The module joins the rooms (`src/wam`); nothing is decided here.
 */
export { default } from './wam/module.js';
