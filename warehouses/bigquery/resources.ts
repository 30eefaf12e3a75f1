/** The parts of BigQuery's REST resources that are used here. Numbers of 64 bits come as text. */

export interface JobReference {
  readonly projectId: string;
  readonly jobId: string;
  readonly location: string;
}

export interface ErrorProto {
  readonly reason?: string;
  /** Where in the statement or the data, e.g. `query` or a file. */
  readonly location?: string;
  readonly message?: string;
}

export interface JobStatistics {
  readonly query?: {
    readonly totalBytesBilled?: string;
    readonly totalBytesProcessed?: string;
    readonly totalBytesProcessedAccuracy?: string;
    readonly numDmlAffectedRows?: string;
  };
  readonly load?: { readonly outputRows?: string };
}

export interface JobResource {
  readonly jobReference: JobReference;
  readonly status: {
    readonly state: 'PENDING' | 'RUNNING' | 'DONE';
    readonly errorResult?: ErrorProto;
    readonly errors?: readonly ErrorProto[];
  };
  readonly statistics?: JobStatistics;
}

export interface FieldSchema {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly precision?: string;
  readonly scale?: string;
}

export interface TableReference {
  readonly projectId: string;
  readonly datasetId: string;
  readonly tableId: string;
}

export interface QueryResults {
  readonly schema?: { readonly fields?: readonly FieldSchema[] };
  readonly rows?: readonly { readonly f: readonly { readonly v: unknown }[] }[];
  readonly totalRows?: string;
  readonly pageToken?: string;
  readonly jobComplete?: boolean;
}

/** `configuration` of a job. */
export type JobConfiguration = Readonly<Record<string, unknown>>;
