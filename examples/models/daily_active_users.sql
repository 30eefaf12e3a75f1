{{config materialized="table" tags="example"}}
-- Each day's sessions, and how many ids and people they are from
SELECT
  CAST(time AS DATE) AS day,
  COUNT(*) AS sessions,
  COUNT(DISTINCT original_user_id) AS ids,
  COUNT(DISTINCT user_id) AS people
FROM {{ref "sessions_resolved"}}
WHERE time IS NOT NULL
GROUP BY 1
