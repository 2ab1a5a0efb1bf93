/** Full name of the gRPC service. Its methods are those of any xDS service: `Stream…`, `Delta…` and `Fetch…`. */
export const MADS_SERVICE = 'kuma.observability.v1.MonitoringAssignmentDiscoveryService';

/** Type URL of what it hands out. */
export const MONITORING_ASSIGNMENT_TYPE = 'type.googleapis.com/kuma.observability.v1.MonitoringAssignment';

/** Path of the HTTP form, to which discovery requests are posted as JSON. */
export const MADS_FETCH_PATH = '/v3/discovery:monitoringassignments';
