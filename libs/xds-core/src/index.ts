export { TYPE_URLS, XDS_TYPES, type ChangedNames, type ProxySnapshot, type SharedResource, type XdsType } from './shared-resource.ts';
