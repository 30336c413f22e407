-- id: dibao-recheck
-- version: 1
-- procedure: recheck
-- subject: household
-- sensitivity: general
-- title: 低保定期核查
-- why: 低保上次批准或核查于{verified_on}[，家庭有{able}名处于劳动年龄且无有效残疾证的成员]；按{months}个月的间隔，应最迟于{due}核查。
-- legal-basis: 民政部《最低生活保障审核确认办法》（民发〔2021〕57号）；《社会救助暂行办法》（国务院令第649号）
-- feeds: registry
-- due: column due
-- occasion: event
-- clears: 登记核查结果，或低保终止

-- Of several dibao in a household each has its own task. Who has no age is not of working age.
-- What gave the date is a link: told anew it gives no new task, and another date is another occasion.
WITH able AS (
    SELECT p.household,
           p.person,
           k.fact                   AS fact_certificate,
           coalesce(k.valid, false) AS certified
    FROM person p
    CROSS JOIN parameter q
    LEFT JOIN certificate k ON k.person = p.person
    WHERE p.living
      AND p.age >= q.working_age_from_years
      AND p.age < q.working_age_below_years
),
dibao AS (
    SELECT b.household,
           b.benefit,
           b.verified_on,
           nullif(count(DISTINCT a.person) FILTER (WHERE NOT a.certified), 0) AS able,
           CASE WHEN bool_or(NOT a.certified) THEN q.dibao_recheck_working_age_months
                ELSE q.dibao_recheck_months END                    AS months,
           q.recheck_ahead_days                                    AS ahead_days,
           array_agg(b.fact_grant) FILTER (WHERE b.fact_verification IS NULL) AS links_grant,
           array_agg(b.fact_verification)                          AS links_verification,
           array_agg(b.fact_grant)                                 AS facts_grant,
           array_agg(b.fact_list)                                  AS facts_list,
           array_agg(a.fact_certificate)                           AS facts_certificate
    FROM benefit b
    JOIN person p ON p.person = b.person
    CROSS JOIN parameter q
    LEFT JOIN able a ON a.household = b.household
    WHERE p.living
      AND b.program = 'dibao'
    GROUP BY b.household, b.benefit, b.verified_on,
             q.dibao_recheck_working_age_months, q.dibao_recheck_months, q.recheck_ahead_days
)
SELECT d.household                         AS subject,
       d.benefit || '/' || CAST(d.verified_on AS VARCHAR) AS occasion,
       add_months(d.verified_on, d.months) AS due,
       d.verified_on                       AS verified_on,
       d.able                              AS able,
       d.months                            AS months,
       d.links_grant                       AS links_grant,
       d.links_verification                AS links_verification,
       d.facts_grant                       AS facts_grant,
       d.facts_list                        AS facts_list,
       d.facts_certificate                 AS facts_certificate
FROM dibao d
CROSS JOIN clock c
WHERE days_between(c.as_of, add_months(d.verified_on, d.months)) <= d.ahead_days
