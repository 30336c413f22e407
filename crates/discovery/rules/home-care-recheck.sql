-- id: home-care-recheck
-- version: 3
-- procedure: recheck
-- subject: person
-- sensitivity: general
-- title: 居家上门服务资格复核
-- why: 居家上门服务上次批准或复核于{verified_on}，按{months}个月的间隔应最迟于{due}复核。
-- legal-basis: 中共中央办公厅、国务院办公厅《关于推进基本养老服务体系建设的意见》（2023年）
-- feeds: registry
-- due: column due
-- occasion: event
-- clears: 登记复核结果，或服务终止

-- What gave the date is a link: told anew it gives no new task, and another date is another occasion.
SELECT p.person                                              AS subject,
       b.benefit || '/' || CAST(b.verified_on AS VARCHAR)    AS occasion,
       add_months(b.verified_on, q.home_care_recheck_months) AS due,
       b.verified_on                                         AS verified_on,
       q.home_care_recheck_months                            AS months,
       array_agg(b.fact_grant) FILTER (WHERE b.fact_verification IS NULL) AS links_grant,
       array_agg(b.fact_verification)                        AS links_verification,
       array_agg(b.fact_grant)                               AS facts_grant
FROM benefit b
JOIN person p ON p.person = b.person
CROSS JOIN clock c
CROSS JOIN parameter q
WHERE p.living
  AND b.program = 'home-care'
  AND days_between(c.as_of, add_months(b.verified_on, q.home_care_recheck_months)) <= q.recheck_ahead_days
GROUP BY p.person, b.benefit, b.verified_on, q.home_care_recheck_months
