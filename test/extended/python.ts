export * from '../../scripts/support/python.js';
