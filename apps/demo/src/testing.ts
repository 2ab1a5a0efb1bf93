export { Shop } from './platform/shop.ts';
