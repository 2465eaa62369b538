export { type BrokerStats, type EmbeddedBroker, startBroker } from './broker.ts';
export { ALL_RIGHTS, type MqttRights } from './rights.ts';
export { createMqttUser, type MqttUser } from './users.ts';
