mod agent;
mod properties;
mod tables;
