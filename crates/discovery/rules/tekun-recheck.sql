-- id: tekun-recheck
-- version: 1
-- procedure: recheck
-- subject: person
-- sensitivity: general
-- title: 特困人员定期核查
-- why: 特困供养上次批准或核查于{verified_on}，按{months}个月的间隔应最迟于{due}核查。
-- legal-basis: 民政部《特困人员认定办法》（民发〔2021〕43号）；《国务院关于进一步健全特困人员救助供养制度的意见》（国发〔2016〕14号）；《社会救助暂行办法》（国务院令第649号）
-- feeds: registry
-- due: column due
-- occasion: event
-- clears: 登记核查结果，或特困供养终止

-- What gave the date is a link: told anew it gives no new task, and another date is another occasion.
SELECT p.person                                          AS subject,
       b.benefit || '/' || CAST(b.verified_on AS VARCHAR) AS occasion,
       add_months(b.verified_on, q.tekun_recheck_months) AS due,
       b.verified_on                                     AS verified_on,
       q.tekun_recheck_months                            AS months,
       array_agg(b.fact_grant) FILTER (WHERE b.fact_verification IS NULL) AS links_grant,
       array_agg(b.fact_verification)                    AS links_verification,
       array_agg(b.fact_grant)                           AS facts_grant
FROM benefit b
JOIN person p ON p.person = b.person
CROSS JOIN clock c
CROSS JOIN parameter q
WHERE p.living
  AND b.program = 'tekun'
  AND days_between(c.as_of, add_months(b.verified_on, q.tekun_recheck_months)) <= q.recheck_ahead_days
GROUP BY p.person, b.benefit, b.verified_on, q.tekun_recheck_months
